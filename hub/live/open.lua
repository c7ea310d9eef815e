-- Open a tenant: begin a new epoch if this is not the server that the last one lived in,
-- and return everything that a node must know to follow.
-- KEYS: meta, seats, leases, history
-- ARGV: the server's run id, the name for a new epoch, and an epoch and offset that were seen:
--       one that has been further is an older copy of itself, which is another life, too
local meta, seats, leases, history = unpack(KEYS)
local was = redis.call('HMGET', meta, 'run', 'epoch', 'offset')
if was[1] ~= ARGV[1] or (was[2] == ARGV[3] and tonumber(was[3]) < tonumber(ARGV[4])) then
  redis.call('DEL', meta, seats, leases, history)
  redis.call('HSET', meta, 'run', ARGV[1], 'epoch', ARGV[2])
  redis.call('HSET', meta, 'offset', 0, 'directory', 0, 'directory_offset', 0, 'restored', 0)
end
local now = redis.call('HMGET', meta, 'epoch', 'offset', 'directory_offset', 'restored')
local offset, directory_offset, restored = tonumber(now[2]), tonumber(now[3]), tonumber(now[4])
return { now[1], offset, directory_offset, restored, redis.call('HGETALL', seats) }
