-- SQL has these outcomes now: they need not be kept.
-- KEYS: the unrecorded hash of each outcome's owner
-- ARGV: the field of each outcome, in the same order
for at = 1, #KEYS do
  redis.call('HDEL', KEYS[at], ARGV[at])
end
