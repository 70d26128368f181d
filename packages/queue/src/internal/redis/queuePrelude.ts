/** What all scripts of the queue begin with: its keys, the time, and how an entry comes and goes. */

export const prelude = String.raw`
local P = KEYS[1] .. ':'
local call, jobs = redis.call, P .. 'jobs'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function add(id, envelope, offeredAt, attempts)
  call('XADD', jobs, '*', 'h', id .. ' ' .. offeredAt .. ' ' .. attempts .. '\n' .. envelope)
end

local function later(id, envelope, offeredAt, attempts, after)
  call('ZADD', P .. 'delayed', now + after, id)
  call('HSET', P .. 'delayed:body', id, cmsgpack.pack({ envelope, offeredAt, attempts }))
end

-- Redis gives names and values in turn.
local function named(list)
  local has = {}
  for i = 1, #list, 2 do has[list[i]] = list[i + 1] end
  return has
end

local function settle(entry)
  call('XACK', jobs, 'workers', entry)
  call('XDEL', jobs, entry)
end

-- Our visibility timeout may be over, and the entry somebody else's, or handed to us once more.
local function isOurs(entry, consumer, deliveries)
  local found = redis.pcall('XPENDING', jobs, 'workers', entry, entry, 1)
  return not found.err and found[1] ~= nil and found[1][2] == consumer and found[1][4] == tonumber(deliveries)
end

-- What is given back was no attempt. It goes to the end: somebody takes it at once, and order is nobody's promise.
local function giveBack(entry, deliveries)
  local found = call('XRANGE', jobs, entry, entry)[1]
  settle(entry)
  if not found then return end
  local has = named(found[2])
  local id, offeredAt, attempts, envelope = (has['h'] or ''):match('^(%S+) (%S+) (%d+)\n(.*)$')
  add(id or entry, envelope or has['j'] or '', offeredAt or entry:match('^%d+'), (attempts or 0) + deliveries - 1)
end
`
