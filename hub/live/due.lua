-- The devices whose deadline has passed by the broker's clock, with those deadlines.
-- KEYS: leases
-- ARGV: how many at most
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now_ms, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
