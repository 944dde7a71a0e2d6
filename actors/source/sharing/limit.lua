-- What is known of one credential's limits: read, or written if it is as it was when it was read.
--
--   KEYS  1: a hash of version, state and run
--   ARGV  1: the version that was read, 2: the new one, 3: the state, 4: for how many milliseconds it is kept; none to read
--
-- Returns the time in microseconds, version and state, which are '' where there is none, whether they were written since this
-- Redis began to run (what was written before may have been lost in part), and whether this call wrote.
local now = redis.call('TIME')
local time = now[1] .. string.format('%06d', now[2])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local version, state, writtenIn = unpack(redis.call('HMGET', KEYS[1], 'version', 'state', 'run'))
local isOfThisRun = writtenIn == run and 1 or 0

if #ARGV == 0 or (version or '') ~= ARGV[1] then
  return { time, version or '', state or '', isOfThisRun, 0 }
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3], 'run', run)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { time, ARGV[2], ARGV[3], 1, 1 }
