-- Gives a turn back: KEYS[1] is what is being changed, ARGV[1] the ticket of whoever changes it.
-- One that has run out may be somebody else's by now, and stays theirs.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
