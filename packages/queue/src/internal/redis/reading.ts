/**
 * Scripts for readers: one run, pages, who is alive, the fleet, and where the event log begins and ends.
 */

/** id, and the run or '' for the newest. Nothing when it is not kept. */
export const entry = String.raw`
local id, run = ARGV[1], some(ARGV[2])
run = run or get(rowOf(id), 'next') or get(rowOf(id), 'cur')
if not run or call('EXISTS', runOf(id, run)) == 0 then return false end
return read(id, run, whole)
`

/**
 * The id after which to look, how many, state, source, name and value of a label; '' where it does not matter. The last
 * id that was looked at, or '' at the end, then what was found. It looks at 1000 at most: call it again from there.
 */
export const page = String.raw`
local limit, state, kind, label, value = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local ids = call('ZRANGEBYLEX', P .. 'ids', ARGV[1] == '' and '-' or '(' .. ARGV[1], '+', 'LIMIT', 0, 1000)
local found = { #ids < 1000 and '' or ids[#ids] }
for _, id in ipairs(ids) do
  local run = get(rowOf(id), 'next') or get(rowOf(id), 'cur')
  if run then
    local has = call('HMGET', runOf(id, run), 'state', 'kind', 'label:' .. label)
    if (state == '' or has[1] == state) and (kind == '' or has[2] == kind) and (label == '' or has[3] == value) then
      found[#found + 1] = read(id, run, shown)
      if #found > limit + 1 then
        found[1] = ''
        break
      end
    end
  end
end
return found
`

/** id and run of each. 1 for those that are kept and not over. */
export const alive = String.raw`
local answers = {}
for i = 1, #ARGV, 2 do
  local run = call('HMGET', runOf(ARGV[i], ARGV[i + 1]), 'state', 'endedAt')
  answers[#answers + 1] = (run[1] and not run[2]) and 1 or 0
end
return answers
`

export const logs = String.raw`
local cur = get(rowOf(ARGV[1]), 'cur')
return cur and call('HGET', runOf(ARGV[1], cur), 'logs') or false
`

/**
 * For how long a worker is there after it was seen. Number, cost and age of what waits; then of each worker: what it said,
 * when it was seen, how many it owns.
 */
export const fleet = String.raw`
local cost, counts = 0, {}
for _, one in ipairs(call('HVALS', P .. 'waiting')) do cost = cost + tonumber(one) end
for _, worker in ipairs(call('HVALS', P .. 'owned')) do counts[worker] = (counts[worker] or 0) + 1 end
local oldest = call('ZRANGE', P .. 'unowned', 0, 0, 'WITHSCORES')
local found = { call('ZCARD', P .. 'unowned'), tostring(cost), oldest[2] and math.max(0, now - oldest[2]) or false }
local seen = call('ZRANGEBYSCORE', P .. 'seen', '(' .. (now - tonumber(ARGV[1])), '+inf', 'WITHSCORES')
for i = 1, #seen, 2 do
  found[#found + 1] = { call('HGET', P .. 'workers', seen[i]), seen[i + 1], counts[seen[i]] or 0 }
end
return found
`

/** The broadcast or '', and the event. */
export const announce = String.raw`
beginLog()
call('XADD', P .. 'events', 'MAXLEN', '~', 50000, '*', 'b', ARGV[1], 'r', '', 'p', '', 'd', ARGV[2])
`

/** Where the log begins: what was before, or was trimmed since, cannot be told any more. And where it ends. */
export const bounds = String.raw`
beginLog()
local info = call('XINFO', 'STREAM', P .. 'events')
local log = {}
for i = 1, #info, 2 do log[info[i]] = info[i + 1] end
local first = log['max-deleted-entry-id']
if log['entries-added'] - 1 > log['length'] and log['first-entry'] then first = log['first-entry'][1] end
return { first, log['last-generated-id'] }
`
