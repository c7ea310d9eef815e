-- Commit one tick of a tenant: compare every seat and deadline, then set them all, or nothing.
-- KEYS: meta, seats, leases, history, channel, unrecorded (prefix)
-- ARGV: epoch, payload ('' = nothing to tell), history length, directory version (0 = as it is),
--       1 if all that the record knew is back with this,
--       then four times n and n x: (member, rev, seat or '' to compare only),
--       (device, expected deadline), (device, ms or 'drop'), (owner, field, row)
local meta, seats, leases, history, channel, unrecorded = unpack(KEYS)
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local epoch, payload, keep = take(), take(), take()
local directory, restored = tonumber(take()), take()
if redis.call('HGET', meta, 'epoch') ~= epoch then
  return { 'epoch' }
end

local changes = {}
for _ = 1, tonumber(take()) do
  local member, rev, seat = take(), take(), take()
  local now = redis.call('HGET', seats, member)
  if (now and string.match(now, '^(%d+)|') or '0') ~= rev then
    return { 'conflict' }
  end
  if seat ~= '' then
    changes[#changes + 1] = { member, seat }
  end
end

local heard = { 'heard' }
for _ = 1, tonumber(take()) do
  local device, deadline = take(), tonumber(take())
  local now = redis.call('ZSCORE', leases, device)
  if not now or tonumber(now) ~= deadline then
    heard[#heard + 1] = device
  end
end
if #heard > 1 then
  return heard
end

if directory > 0 and tonumber(redis.call('HGET', meta, 'directory')) >= directory then
  return { 'known' }
end

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
for _ = 1, tonumber(take()) do
  local device, ms = take(), take()
  if ms == 'drop' then
    redis.call('ZREM', leases, device)
  else
    redis.call('ZADD', leases, now_ms + ms, device)
  end
end

if restored == '1' then
  redis.call('HSET', meta, 'restored', 1)
end
if payload == '' then
  return { 'ok', tonumber(redis.call('HGET', meta, 'offset')) }
end
local offset = redis.call('HINCRBY', meta, 'offset', 1)
if directory > 0 then
  redis.call('HSET', meta, 'directory', directory, 'directory_offset', offset)
end
for _, change in ipairs(changes) do
  redis.call('HSET', seats, change[1], offset .. '|' .. change[2])
end
for _ = 1, tonumber(take()) do
  local owner, field, row = take(), take(), take()
  if owner == 'hub' then
    field = epoch .. '/' .. offset .. '/' .. field
  end
  redis.call('HSET', unrecorded .. ':' .. owner, field, epoch .. '|' .. offset .. '|' .. row)
end
redis.call('XADD', history, 'MAXLEN', '~', keep, offset .. '-1', 'tick', payload)
redis.call('SPUBLISH', channel, epoch .. '|' .. offset .. '|' .. payload)
return { 'ok', offset }
