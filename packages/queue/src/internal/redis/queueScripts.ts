/**
 * Scripts of the queue. `jobs` is a stream with one group: an entry is deleted when it is done, and so what is in the
 * stream and not pending is what waits, exactly. `delayed` and `dead` are sorted, each with the bodies beside it. `jobs:at`
 * is the time of the last offer, in fractions of a millisecond that a double holds exactly.
 */
import { prelude } from "./queuePrelude.ts"

/** How many may wait; envelope, dedupe key or '', and delay of each, packed. Of each its id, '=' and the first's, or '': full. */
const offer = String.raw`
local limit = tonumber(ARGV[1])
local waiting = call('XLEN', jobs) + call('ZCARD', P .. 'delayed')
local isExact = false
local function isFull()
  if waiting >= limit and not isExact then
    -- those that are handed out do not wait
    local pending = redis.pcall('XPENDING', jobs, 'workers')
    if not pending.err then waiting = waiting - pending[1] end
    isExact = true
  end
  return waiting >= limit
end

local offers = cmsgpack.unpack(ARGV[2])
local count = call('INCRBY', P .. 'jobs:count', #offers / 3) - #offers / 3
local at = tonumber(call('GET', P .. 'jobs:at') or 0)
local begin, known = string.format('%d-', now), P .. 'dedupe:'
local answers = {}
for i = 1, #offers, 3 do
  local envelope, key, delay = offers[i], offers[i + 1], offers[i + 2]
  local full = isFull()
  local id = full and '' or begin .. (count + 1)
  local first = key ~= '' and
    (full and call('GET', known .. key) or not full and call('SET', known .. key, id, 'NX', 'GET', 'PX', '86400000'))
  if first then
    answers[#answers + 1] = '=' .. first
  elseif full then
    answers[#answers + 1] = ''
  else
    count = count + 1
    -- Each offer has a time of its own, so that a stop and a start in the same millisecond are in order.
    at = math.max(now, at + 1 / 1024)
    local stamp = string.format('%.10f', at)
    if delay == 0 then add(id, envelope, stamp, '0') else later(id, envelope, stamp, 0, delay) end
    waiting = waiting + 1
    answers[#answers + 1] = id
  end
end
if at > 0 then call('SET', P .. 'jobs:at', string.format('%.10f', at)) end
return table.concat(answers, ' ')
`

/** Entries that are done, packed. */
const finish = String.raw`
local entries = cmsgpack.unpack(ARGV[1])
call('XACK', jobs, 'workers', unpack(entries))
return call('XDEL', jobs, unpack(entries))
`

/** entry, consumer, deliveries, id, envelope, offeredAt, attempts, delay. 0: it is not ours any more. */
const retry = String.raw`
if not isOurs(ARGV[1], ARGV[2], ARGV[3]) then return 0 end
settle(ARGV[1])
if tonumber(ARGV[8]) > 0 then
  later(ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]))
else
  add(ARGV[4], ARGV[5], ARGV[6], ARGV[7])
end
return 1
`

/** entry, consumer, deliveries, id, envelope, offeredAt, attempts, reason, type, broadcast, how many are kept. */
const bury = String.raw`
if not isOurs(ARGV[1], ARGV[2], ARGV[3]) then return 0 end
settle(ARGV[1])
call('ZADD', P .. 'dead', call('INCR', P .. 'dead:count'), ARGV[4])
call('HSET', P .. 'dead:body', ARGV[4], cmsgpack.pack({ ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], now }))
while call('ZCARD', P .. 'dead') > tonumber(ARGV[11]) do
  call('HDEL', P .. 'dead:body', call('ZPOPMIN', P .. 'dead')[1])
end
return 1
`

/** entry, consumer, deliveries. Its visibility begins anew; 0: it is not ours any more. */
const extend = String.raw`
if not isOurs(ARGV[1], ARGV[2], ARGV[3]) then return 0 end
call('XCLAIM', jobs, 'workers', ARGV[2], 0, ARGV[1], 'JUSTID')
return 1
`

/** Hands out what is due. How many, and milliseconds until the next, or -1. */
const promote = String.raw`
local due = call('ZRANGEBYSCORE', P .. 'delayed', '-inf', now, 'LIMIT', 0, 100)
for _, id in ipairs(due) do
  local body = call('HGET', P .. 'delayed:body', id)
  if body then
    local job = cmsgpack.unpack(body)
    add(id, job[1], job[2], job[3])
  end
  call('ZREM', P .. 'delayed', id)
  call('HDEL', P .. 'delayed:body', id)
end
local next = call('ZRANGE', P .. 'delayed', 0, 0, 'WITHSCORES')
return { #due, next[2] and math.max(0, next[2] - now) or -1 }
`

/** consumer, idle time, cursor, how many. The next cursor, then entries of consumers that have died, with their deliveries. */
const reclaim = String.raw`
local claimed = call('XAUTOCLAIM', jobs, 'workers', ARGV[1], ARGV[2], ARGV[3], 'COUNT', ARGV[4])
local found = { claimed[1] }
for _, entry in ipairs(claimed[2]) do
  local pending = call('XPENDING', jobs, 'workers', entry[1], entry[1], 1)
  if pending[1] then found[#found + 1] = { entry[1], entry[2], pending[1][4] } end
end
return found
`

/** consumer, entries. */
const giveBack = String.raw`
for i = 2, #ARGV do
  local pending = redis.pcall('XPENDING', jobs, 'workers', ARGV[i], ARGV[i], 1)
  if not pending.err and pending[1] and pending[1][2] == ARGV[1] then giveBack(ARGV[i], pending[1][4]) end
end
return 1
`

/** consumer. It is gone, and nothing is lost with it. */
const leave = String.raw`
while true do
  local pending = redis.pcall('XPENDING', jobs, 'workers', '-', '+', 1000, ARGV[1])
  if pending.err or #pending == 0 then break end
  for _, one in ipairs(pending) do giveBack(one[1], one[4]) end
end
redis.pcall('XGROUP', 'DELCONSUMER', jobs, 'workers', ARGV[1])
return 1
`

/** Idle time. Names of consumers that died; deleting one that has something pending would lose that. */
const tidy = String.raw`
local consumers = redis.pcall('XINFO', 'CONSUMERS', jobs, 'workers')
if consumers.err then return 0 end
for _, one in ipairs(consumers) do
  local has = named(one)
  if has['pending'] == 0 and has['idle'] > tonumber(ARGV[1]) then
    call('XGROUP', 'DELCONSUMER', jobs, 'workers', has['name'])
  end
end
return 1
`

/** Undelivered, in flight, delayed, dead, and the age of the oldest undelivered or -1. */
const backlog = String.raw`
local pending, after = 0, '-'
local groups = redis.pcall('XINFO', 'GROUPS', jobs)
if not groups.err then
  for _, group in ipairs(groups) do
    local has = named(group)
    if has['name'] == 'workers' then
      pending, after = has['pending'], '(' .. has['last-delivered-id']
    end
  end
end
local oldest = call('XRANGE', jobs, after, '+', 'COUNT', 1)[1]
return {
  math.max(0, call('XLEN', jobs) - pending), pending, call('ZCARD', P .. 'delayed'), call('ZCARD', P .. 'dead'),
  oldest and math.max(0, now - oldest[1]:match('^%d+')) or -1
}
`

/** How many, and the place before which to look or ''. Place, id and body of each, the newest first. */
const listDead = String.raw`
local from = ARGV[2] == '' and '+inf' or '(' .. ARGV[2]
local found = {}
local ids = call('ZREVRANGEBYSCORE', P .. 'dead', from, '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[1])
for i = 1, #ids, 2 do
  local job = cmsgpack.unpack(call('HGET', P .. 'dead:body', ids[i]))
  found[#found + 1] = { ids[i + 1], ids[i], job[2], job[3], job[4], job[5], job[6], tostring(job[7]) }
end
return found
`

/** id. 0: there is none. */
const redrive = String.raw`
local body = call('HGET', P .. 'dead:body', ARGV[1])
if not body then return 0 end
local job = cmsgpack.unpack(body)
call('ZREM', P .. 'dead', ARGV[1])
call('HDEL', P .. 'dead:body', ARGV[1])
add(ARGV[1], job[1], job[2], 0)
return 1
`

const bodies = {
  offer,
  finish,
  retry,
  bury,
  extend,
  promote,
  reclaim,
  giveBack,
  leave,
  tidy,
  backlog,
  listDead,
  redrive
}

export type Name = keyof typeof bodies

export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, { lua: prelude + body, numberOfKeys: 1 }])
)
