-- The schedule that nodes share: what became of what a node asked, what it wants to ask next, and what it has not heard of.
--
--   KEYS  1 run and number: a hash. Each change of a tile has a number
--         2 asked    a sorted set: tile, when it was asked about last
--         3 changed  a sorted set: tile, the number of its last change
--         4 held     a hash: tile or box, who asks about it until when
--         5 found    a hash: tile, what flies in it as of when
--   ARGV  1 JSON
--         node       who this is
--         run, since what it has heard of: all changes up to a number, counted by this Redis since it began to run
--         ended      { lease, names }: it asks no longer about these
--         asked      { when, tiles }: it was answered
--         found      { tile, as of, aircraft, seen at, … }
--         claim      { lease, tile, names, forMs }: it would ask about these tiles, or this box, for the sake of one tile
--         keptMs     for how long all this is kept when nobody comes
--
-- Times are milliseconds since 1970. Returns run, time, up to where the node has heard of changes now, whether there are more,
-- until when somebody else asks about the box that it claimed (0: it may ask; -1: decide again), and the changes:
-- { tile, asked at, as of, aircraft, seen at, until when somebody else asks about it, … }
local MOST_CHANGES = 2000
local MOST_ARGUMENTS = 4000

local HEAD, ASKED, CHANGED, HELD, FOUND = unpack(KEYS)
local request = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local number = tonumber(redis.call('HGET', HEAD, 'number') or 0)

local function call(command, key, arguments)
  for from = 1, #arguments, MOST_ARGUMENTS do
    redis.call(command, key, unpack(arguments, from, math.min(#arguments, from + MOST_ARGUMENTS - 1)))
  end
end

local function until_when_by_others(held)
  local node, untilMs = string.match(held or '', '^(%S+):%d+ (%d+)$')
  return node and node ~= request.node and tonumber(untilMs) > now and tonumber(untilMs) or 0
end

local function note_changes(tiles)
  local changes = {}
  for _, tile in ipairs(tiles) do
    number = number + 1
    table.insert(changes, number)
    table.insert(changes, tile)
  end
  call('ZADD', CHANGED, changes)
end

local function changes_since(since)
  local tiles = redis.call('ZRANGEBYSCORE', CHANGED, '(' .. since, '+inf', 'LIMIT', 0, MOST_CHANGES)
  if #tiles == 0 then return tiles, {}, number end
  local asked = redis.call('ZMSCORE', ASKED, unpack(tiles))
  local found = redis.call('HMGET', FOUND, unpack(tiles))
  local held = redis.call('HMGET', HELD, unpack(tiles))
  local changes, has_changed = {}, {}
  for i, tile in ipairs(tiles) do
    local as_of, aircraft, seen = string.match(found[i] or '', '^(%d+) (%d+) (%d+)$')
    has_changed[tonumber(tile)] = true
    for _, value in ipairs({ tile, asked[i] or 0, as_of or 0, aircraft or 0, seen or 0, until_when_by_others(held[i]) }) do
      table.insert(changes, tonumber(value))
    end
  end
  local upTo = #tiles < MOST_CHANGES and number or tonumber(redis.call('ZSCORE', CHANGED, tiles[#tiles]))
  return changes, has_changed, upTo
end

local function end_asking(lease, names)
  local tiles = {}
  for i, held in ipairs(redis.call('HMGET', HELD, unpack(names))) do
    if held and string.match(held, '^%S+') == lease then
      redis.call('HDEL', HELD, names[i])
      if type(names[i]) == 'number' then table.insert(tiles, names[i]) end
    end
  end
  note_changes(tiles)
end

local function note_asked(when, tiles)
  for from = 1, #tiles, MOST_ARGUMENTS / 2 do
    local arguments = {}
    for i = from, math.min(#tiles, from + MOST_ARGUMENTS / 2 - 1) do
      table.insert(arguments, when)
      table.insert(arguments, tiles[i])
    end
    redis.call('ZADD', ASKED, 'GT', unpack(arguments))
  end
  note_changes(tiles)
end

local function note_found(found)
  local tiles = {}
  for i = 1, #found, 4 do
    local tile, as_of, aircraft, seen = unpack(found, i, i + 3)
    local known = string.match(redis.call('HGET', FOUND, tile) or '', '^%d+')
    if as_of > tonumber(known or 0) then
      redis.call('HSET', FOUND, tile, string.format('%d %d %d', as_of, aircraft, seen))
      table.insert(tiles, tile)
    end
  end
  note_changes(tiles)
end

local function claim(lease, names, untilMs)
  local tiles = {}
  for i, held in ipairs(redis.call('HMGET', HELD, unpack(names))) do
    if until_when_by_others(held) == 0 then
      redis.call('HSET', HELD, names[i], string.format('%s %d', lease, untilMs))
      if type(names[i]) == 'number' then table.insert(tiles, names[i]) end
    end
  end
  note_changes(tiles)
end

local changes, has_changed, upTo = changes_since(request.run == run and request.since or 0)
local hasMore = upTo < number

if request.ended then end_asking(unpack(request.ended)) end
if request.asked then note_asked(unpack(request.asked)) end
if request.found then note_found(request.found) end
local refusedUntil = 0
if request.claim then
  local lease, tile, names, forMs = unpack(request.claim)
  if type(names[1]) == 'string' then refusedUntil = until_when_by_others(redis.call('HGET', HELD, names[1])) end
  local isTaken = until_when_by_others(redis.call('HGET', HELD, tile)) > 0
  if refusedUntil == 0 and (hasMore or has_changed[tile] or isTaken) then refusedUntil = -1 end
  if refusedUntil == 0 then claim(lease, names, now + forMs) end
end

redis.call('HSET', HEAD, 'number', number)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, request.keptMs) end
return { run, now, hasMore and upTo or number, hasMore and 1 or 0, refusedUntil, changes }
