/**
 * Scripts for owners: claim, renew, report, release. Every write of an owner is fenced by its epoch.
 */

/**
 * worker, what it says of itself (JSON), ttl, margin, quiet, max, room, largest, draining. Each claim as it is read, and
 * the previous owner, and who may be sending still.
 */
export const claim = String.raw`
local worker, ttl, margin, quiet = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local max, room, largest = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
call('HSET', P .. 'workers', worker, ARGV[2])
call('ZADD', P .. 'seen', now, worker)
-- Leases that ended while nobody could renew them belong to owners that are still alive.
local clock = call('HMGET', P .. 'clock', 'tick', 'grace')
local grace = tonumber(clock[2] or 0)
if now - tonumber(clock[1] or 0) > quiet then grace = now + ttl end
call('HSET', P .. 'clock', 'tick', now, 'grace', grace)
if now >= grace then
  local lapsed = call('ZRANGEBYSCORE', P .. 'leases', '-inf', '(' .. (now - margin), 'LIMIT', 0, 1000)
  for _, id in ipairs(lapsed) do
    call('ZREM', P .. 'leases', id)
    call('HDEL', P .. 'owned', id)
    wait(id, call('HGET', rowOf(id), 'cur'))
  end
  -- for all, and not for whoever looked first
  if #lapsed > 0 then wake() end
end
purge()
local claims, skipped = {}, 0
if ARGV[9] == '1' then return claims end
while #claims < max do
  local ids = call('ZRANGEBYSCORE', P .. 'unowned', '-inf', now, 'LIMIT', skipped, 200)
  if #ids == 0 then break end
  local costs = call('HMGET', P .. 'waiting', unpack(ids))
  for i, id in ipairs(ids) do
    if #claims == max then break end
    local cost = tonumber(costs[i] or 0)
    local run = call('HGET', rowOf(id), 'cur')
    local isFree = cost > largest or call('HEXISTS', runOf(id, run), 'ending') == 1
    if isFree or cost <= room then
      if not isFree then room = room - cost end
      placed(id)
      local from = own(id, run, worker, ttl)
      local found = read(id, run, whole)
      found[6] = from or ''
      found[7] = from or get(rowOf(id), 'maySend') or ''
      claims[#claims + 1] = found
    else
      skipped = skipped + 1
    end
  end
end
return claims
`

/** worker, ttl, then id and epoch of each lease. Id and verdict of those that need one. */
export const renew = String.raw`
local worker, till = ARGV[1], now + tonumber(ARGV[2])
call('ZADD', P .. 'seen', 'XX', now, worker)
local verdicts = {}
local function say(id, verdict)
  verdicts[#verdicts + 1] = id
  verdicts[#verdicts + 1] = verdict
end
local ids, leases, owned = {}, {}, {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local row = call('HMGET', rowOf(id), 'owner', 'epoch', 'stop', 'restart')
  if row[1] ~= worker or row[2] ~= ARGV[i + 1] then
    say(id, 'lost')
  else
    ids[#ids + 1] = id
    leases[#leases + 1] = till
    leases[#leases + 1] = id
    owned[#owned + 1] = id
    owned[#owned + 1] = worker
    if row[3] then
      say(id, 'stop')
    elseif row[4] then
      call('HDEL', rowOf(id), 'restart')
      say(id, 'restart')
    end
  end
end
if #ids > 0 then
  call('ZADD', P .. 'leases', unpack(leases))
  -- the leases of some were over, and nobody has taken them
  if call('ZREM', P .. 'unowned', unpack(ids)) > 0 then
    call('HDEL', P .. 'waiting', unpack(ids))
    call('HSET', P .. 'owned', unpack(owned))
  end
end
return verdicts
`

/**
 * id, worker, epoch, state, cause, ending and its code, startedAt, number of fields, then these with their values, then
 * events. 0: fenced.
 */
export const report = String.raw`
local id = ARGV[1]
local run = ownedBy(id, ARGV[2], ARGV[3])
if not run then return 0 end
local key = runOf(id, run)
if ARGV[6] ~= '' and call('HEXISTS', key, 'ending') == 0 then
  call('HSET', key, 'ending', ARGV[6], 'code', ARGV[7])
  call('HSET', rowOf(id), 'stop', '1')
end
if ARGV[8] ~= '' then call('HSETNX', key, 'startedAt', ARGV[8]) end
local events = 10 + 2 * tonumber(ARGV[9])
if events > 10 then call('HSET', key, unpack(ARGV, 10, events - 1)) end
local code = get(key, 'code')
if code then call('HDEL', key, 'health') end
for i = events, #ARGV do emit(id, run, ARGV[i]) end
local to = code and 'stopping' or some(ARGV[4])
if to then move(id, run, to, some(ARGV[5]) or code) end
return 1
`

/**
 * id, worker, epoch; then, to hand over, who may be sending still or ''; to end it, the reason, its code, the final state,
 * and what was left behind. 0: fenced.
 */
export const release = String.raw`
local id, worker = ARGV[1], ARGV[2]
local run = ownedBy(id, worker, ARGV[3])
if not run then return 0 end
local row = rowOf(id)
call('ZREM', P .. 'leases', id)
call('HDEL', P .. 'owned', id)
placed(id)
local isOver = #ARGV > 4
call('HSET', row, 'owner', '', 'maySend', isOver and '' or ARGV[4])
ownerChanged(id, run, worker, nil)
if not isOver then
  wait(id, run)
  wake()
  return 1
end
call('HSET', runOf(id, run), 'left', ARGV[7])
finish(id, run, ARGV[4], ARGV[5], ARGV[6])
local nxt = get(row, 'next')
if nxt then
  call('HDEL', row, 'next', 'restart', 'stop')
  keep(id, run)
  call('HSET', row, 'cur', nxt)
  call('ZREM', P .. 'ended', id)
  wait(id, nxt)
  wake()
end
return 1
`
