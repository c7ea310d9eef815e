-- Renew the leases of the devices that a node has heard; one that is not held stays so.
-- Return where the tenant stands, so that a node notices what the bell did not bring.
-- KEYS: leases, meta
-- ARGV: lease in ms, devices
local time = redis.call('TIME')
local deadline = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for at = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'XX', deadline, ARGV[at])
end
local stand = redis.call('HMGET', KEYS[2], 'epoch', 'offset')
return { stand[1] or '', tonumber(stand[2] or 0) }
