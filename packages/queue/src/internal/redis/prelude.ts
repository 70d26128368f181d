/**
 * What the scripts of the registry share. Scripts are strings in modules, and so survive any bundler. Every time is the
 * server's; KEYS[1] is the prefix of all keys, whose hash tag keeps them on one node of a cluster.
 *
 * `b:<id>` is a row: owner, epoch, who may send beside it, cur, next, past, last, and whether its current run is to stop or to restart. `r:<id>:<run>` is a run: what was declared and what
 * its owners reported, JSON where Lua need not look into it. `unowned` has what can be claimed, by time, `waiting` its
 * cost; `leases` has what is owned, by the end of the lease, `owned` by whom.
 */

/** What a snapshot is made of. */
export const shown = [
  "state",
  "since",
  "startedAt",
  "endedAt",
  "ending",
  "masked",
  "key",
  "jobId",
  "offeredAt",
  "mountpoint",
  "facts",
  "health",
  "left"
] as const

/** And what an owner needs besides. */
export const whole = [...shown, "spec", "keyId", "held", "cost", "declaredAt", "trace"] as const

const quoted = (names: ReadonlyArray<string>) => names.map((name) => `'${name}'`).join(", ")

export const prelude = String.raw`
local P = KEYS[1] .. ':'
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = 86400000

local function rowOf(id) return P .. 'b:' .. id end
local function runOf(id, run) return P .. 'r:' .. id .. ':' .. run end
local function some(value) if value == false or value == '' then return nil end return value end
local function get(key, field) return some(call('HGET', key, field)) end
local function json(text) if text == nil then return 'null' end return cjson.encode(text) end

-- The first entry is taken away again at once: what it leaves says where this log begins.
local function beginLog()
  if call('EXISTS', P .. 'events') == 0 then
    call('XDEL', P .. 'events', call('XADD', P .. 'events', '*', 'b', ''))
  end
end

local function emit(id, run, body)
  beginLog()
  local epoch = call('HGET', rowOf(id), 'epoch') or 0
  call('XADD', P .. 'events', 'MAXLEN', '~', 50000, '*', 'b', id, 'r', run, 'p', epoch, 'd', body)
end

local function changed(id, run, from, to, ending, cause)
  emit(id, run, '{"_tag":"BroadcastStateChanged","from":' .. json(from) .. ',"to":' .. json(to) ..
    ',"endReason":' .. (ending or 'null') .. ',"cause":' .. json(cause) .. '}')
end

local function ownerChanged(id, run, from, to)
  emit(id, run, '{"_tag":"OwnerChanged","from":' .. json(from) .. ',"to":' .. json(to) .. ',"cause":null}')
end

local function move(id, run, to, cause)
  local key = runOf(id, run)
  local from = call('HGET', key, 'state')
  if from == to then return end
  call('HSET', key, 'state', to, 'since', now)
  -- nobody reads its hops any more
  if to == 'stopping' then call('HDEL', key, 'health') end
  local over = to == 'stopped' or to == 'failed'
  changed(id, run, from, to, over and get(key, 'ending') or nil, cause)
end

local function finish(id, run, ending, code, final)
  local key = runOf(id, run)
  call('HSET', key, 'ending', ending, 'code', code, 'endedAt', now)
  call('HDEL', key, 'held', 'mountpoint', 'health')
  move(id, run, final, code)
  call('ZADD', P .. 'ended', now, id)
end

local function wait(id, run)
  call('ZADD', P .. 'unowned', now, id)
  call('HSET', P .. 'waiting', id, call('HGET', runOf(id, run), 'cost') or '0')
end

local function placed(id)
  call('HDEL', P .. 'waiting', id)
  return call('ZREM', P .. 'unowned', id) == 1
end

-- Keeps a run that is over beside the newer ones; two of them.
local function keep(id, run)
  local kept, rest = { run }, get(rowOf(id), 'past') or ''
  for one in rest:gmatch('%d+') do
    if #kept < 2 then kept[#kept + 1] = one else call('DEL', runOf(id, one)) end
  end
  call('HSET', rowOf(id), 'past', table.concat(kept, ','))
end

local function announce(id, run) changed(id, run, nil, 'pending') end
local function wake() call('PUBLISH', P .. 'wake', '') end
local function wakeOwner(worker, what, id) call('PUBLISH', P .. 'wake:' .. worker, what .. ' ' .. id) end

local function ownedBy(id, worker, epoch)
  local row = call('HMGET', rowOf(id), 'owner', 'epoch', 'cur')
  return row[1] == worker and row[2] == epoch and row[3] or nil
end

-- The end of a lease is the server's; a worker's own deadline lies before it.
local function own(id, run, worker, ttl)
  local row = rowOf(id)
  local from = get(row, 'owner')
  call('HINCRBY', row, 'epoch', 1)
  call('HSET', row, 'owner', worker)
  call('ZADD', P .. 'leases', now + ttl, id)
  call('HSET', P .. 'owned', id, worker)
  ownerChanged(id, run, from, worker)
  if call('HGET', runOf(id, run), 'state') == 'pending' then move(id, run, 'starting') end
  return from
end

local function read(id, run, fields)
  local row = call('HMGET', rowOf(id), 'owner', 'epoch', 'cur')
  local owner = row[3] == run and some(row[1]) or ''
  return { id, run, owner, row[2] or '0', call('HMGET', runOf(id, run), unpack(fields)) }
end

local shown = { ${quoted(shown)} }
local whole = { ${quoted(whole)} }

local function purge()
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'ended', '-inf', now - day, 'LIMIT', 0, 20)) do
    local row = call('HMGET', rowOf(id), 'cur', 'next', 'past')
    if row[1] and not some(row[2]) and call('HEXISTS', runOf(id, row[1]), 'endedAt') == 1 then
      for one in (row[1] .. ',' .. (row[3] or '')):gmatch('%d+') do call('DEL', runOf(id, one)) end
      call('DEL', rowOf(id))
      call('ZREM', P .. 'ids', id)
    end
    call('ZREM', P .. 'ended', id)
  end
  for _, id in ipairs(call('ZRANGEBYSCORE', P .. 'seen', '-inf', now - day, 'LIMIT', 0, 20)) do
    call('ZREM', P .. 'seen', id)
    call('HDEL', P .. 'workers', id)
  end
end
`
