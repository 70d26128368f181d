/**
 * Scripts for what is wanted: declare, stop, restart, adopt. The rules are those of the registry in memory.
 */

/**
 * id, fingerprint, request key, offeredAt, how many older fingerprints, those, then fields and values of the run. Outcome
 * and run.
 */
export const declare = String.raw`
local id, fp, asked, offeredAt = ARGV[1], ARGV[2], P .. 'key:' .. ARGV[3], tonumber(ARGV[4])
purge()
local fields = 6 + ARGV[5]
local function same(other)
  for i = 6, fields - 1 do
    if other == ARGV[i] then return true end
  end
  return other == fp
end
local seen = call('HMGET', asked, 'id', 'fp', 'run')
if seen[1] then
  if seen[1] == id and same(seen[2]) then return { 'handled', seen[3] } end
  return { 'reused', '0' }
end
local function remember(run)
  call('HSET', asked, 'id', id, 'fp', fp, 'run', run)
  call('PEXPIRE', asked, day)
end
local row = rowOf(id)
local cur, nxt = get(row, 'cur'), get(row, 'next')
local newest = nxt or cur
local stop = call('GET', P .. 'stop:' .. id)
if stop and offeredAt < tonumber(stop) then return { 'cancelled', newest or '0' } end
if newest then
  local there = call('HMGET', runOf(id, newest), 'ending', 'fp')
  if not there[1] then
    if not same(there[2]) then return { 'conflict', newest } end
    remember(newest)
    return { 'exists', newest }
  end
end
local run = tostring(call('HINCRBY', row, 'last', 1))
local key = runOf(id, run)
call('HSET', key, 'state', 'pending', 'since', now, 'declaredAt', now, 'fp', fp, unpack(ARGV, fields))
call('ZADD', P .. 'ids', 0, id)
call('ZREM', P .. 'ended', id)
remember(run)
if cur and call('HEXISTS', runOf(id, cur), 'endedAt') == 0 then
  call('HSET', row, 'next', run)
  announce(id, run)
else
  if cur then keep(id, cur) end
  call('HSET', row, 'cur', run)
  call('HDEL', row, 'restart', 'stop')
  wait(id, run)
  announce(id, run)
  wake()
end
return { 'created', run }
`

/** id, offeredAt, then reason, code and final state of a stop, and of a start that is cancelled. The owner, or ''. */
export const requestStop = String.raw`
local id, offeredAt = ARGV[1], tonumber(ARGV[2])
local before = call('GET', P .. 'stop:' .. id)
if not before or tonumber(before) < offeredAt then call('SET', P .. 'stop:' .. id, ARGV[2], 'PX', day) end
local row = rowOf(id)
local cur, nxt, owner = get(row, 'cur'), get(row, 'next'), get(row, 'owner')
if not cur then return '' end
if nxt and tonumber(call('HGET', runOf(id, nxt), 'offeredAt')) <= offeredAt then
  call('HDEL', row, 'next')
  keep(id, nxt)
  finish(id, nxt, ARGV[6], ARGV[7], ARGV[8])
end
local key = runOf(id, cur)
local run = call('HMGET', key, 'ending', 'offeredAt', 'held')
if run[1] or tonumber(run[2]) > offeredAt then return owner or '' end
call('HSET', key, 'ending', ARGV[3], 'code', ARGV[4])
call('HSET', row, 'stop', '1')
if not owner and (not run[3] or run[3] == '[]') then
  placed(id)
  finish(id, cur, ARGV[3], ARGV[4], ARGV[5])
  return ''
end
move(id, cur, 'stopping', ARGV[4])
if owner then wakeOwner(owner, 'stop', id) else wake() end
return owner or ''
`

/** id. 0: there is none, or it is over. */
export const requestRestart = String.raw`
local id = ARGV[1]
local row = rowOf(id)
local cur, owner = get(row, 'cur'), get(row, 'owner')
if not cur or call('HEXISTS', runOf(id, cur), 'endedAt') == 1 then return 0 end
call('HSET', row, 'restart', '1')
if owner then wakeOwner(owner, 'restart', id) else wake() end
return 1
`

/** id, worker, epoch, run, ttl, then fields and values of the run. */
export const adopt = String.raw`
local id, worker, epoch, run, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local row = rowOf(id)
local known = call('HMGET', row, 'epoch', 'cur', 'owner', 'next', 'past')
if known[2] then
  if tonumber(known[1] or 0) >= epoch or known[2] ~= run then
    return (known[3] == worker and tonumber(known[1] or 0) == epoch) and 'adopted' or 'lost'
  end
  for one in (known[2] .. ',' .. (known[4] or '') .. ',' .. (known[5] or '')):gmatch('%d+') do
    call('DEL', runOf(id, one))
  end
end
call('DEL', row)
call('HSET', row, 'cur', run, 'last', run, 'epoch', epoch - 1)
call('HSET', runOf(id, run), unpack(ARGV, 6))
if call('HEXISTS', runOf(id, run), 'ending') == 1 then call('HSET', row, 'stop', '1') end
call('ZADD', P .. 'ids', 0, id)
call('ZREM', P .. 'ended', id)
placed(id)
own(id, run, worker, ttl)
return 'adopted'
`
