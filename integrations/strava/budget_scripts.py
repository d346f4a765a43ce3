"""The budget's scripts, which Redis runs in one step, without other commands in between.

The state is one hash. `quarter` and `day` hold the second at which the last counted window began, `quarter:read`
and so on what is used of it, `limit:quarter:read` and so on what Strava allows; `closed:until`, `closed:why` and
`closed:probe` hold the gate. No script reads a clock: the time is an argument, and may run fast.
"""

_WINDOWS = """
local state, history, probe, counts = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local NAMES, SPANS, KINDS = {'quarter', 'day'}, {quarter = 900, day = 86400}, {'read', 'overall'}
local AHEAD = {quarter = 7200, day = 86400}

local function number(field, otherwise)
  return tonumber(redis.call('HGET', state, field) or nil) or otherwise
end

local function drop_old(begins)
  for _, field in ipairs(redis.call('HKEYS', history)) do
    local started = tonumber(string.match(field, '^%d+'))
    if started < begins - 172800 or started > begins + 900 then redis.call('HDEL', history, field) end
  end
end

-- Return when the window that counts began. A later one is that of a worker who was quicker: on a fast clock much
-- time passes between reading it and being here. Only much later ones are of a clock that was set back since.
local function turn(name, begins, may_go_back)
  local known = number(name, nil)
  if known and known >= begins and not (may_go_back and known - begins > AHEAD[name]) then return known end
  redis.call('HSET', state, name, begins, name .. ':read', 0, name .. ':overall', 0)
  if name == 'quarter' then drop_old(begins) end
  for _, key in ipairs({state, history, counts}) do redis.call('EXPIRE', key, 2592000) end
  return begins
end

local function note(begins, reason, calls)
  redis.call('HINCRBY', history, string.format('%d:%s', begins, reason), calls)
  redis.call('HINCRBY', counts, 'read:' .. reason, calls)
end

local function open_gate()
  redis.call('HDEL', state, 'closed:until', 'closed:why', 'closed:probe')
  redis.call('DEL', probe)
end
"""

# ARGV: now, begin of the quarter hour, begin of the day, reason, calls to keep of the quarter hour and of the day,
# seconds of a probe's lease, then the limits to begin with: quarter read, quarter overall, day read, day overall.
# Returns what forbids the call ("" for nothing), until when, and why the gate is closed.
TAKE = (
    _WINDOWS
    + """
local now, keep = tonumber(ARGV[1]), {quarter = tonumber(ARGV[5]), day = tonumber(ARGV[6])}
local begins = {quarter = turn('quarter', tonumber(ARGV[2]), true), day = turn('day', tonumber(ARGV[3]), true)}
local untold = {['quarter:read'] = ARGV[8], ['quarter:overall'] = ARGV[9], ['day:read'] = ARGV[10],
                ['day:overall'] = ARGV[11]}

local closed = number('closed:until', 0)
local why = redis.call('HGET', state, 'closed:why') or ''
local probing = redis.call('HGET', state, 'closed:probe') == '1'
-- The clock of a trial can be set back. Nothing closes the gate for longer than a day.
if closed - now > 86500 then open_gate(); closed, probing = 0, false end
if now < closed then return {probing and 'paused' or 'limited', tostring(closed), why} end

for _, name in ipairs({'day', 'quarter'}) do
  for _, kind in ipairs(KINDS) do
    local field = name .. ':' .. kind
    local limit = number('limit:' .. field, tonumber(untold[field]))
    if number(field, 0) + 1 + keep[name] > limit then return {'spent', tostring(begins[name] + SPANS[name]), field} end
  end
end

if probing and not redis.call('SET', probe, ARGV[1], 'NX', 'EX', ARGV[7]) then return {'probed', '0', why} end
for _, name in ipairs(NAMES) do
  for _, kind in ipairs(KINDS) do redis.call('HINCRBY', state, name .. ':' .. kind, 1) end
end
note(begins.quarter, ARGV[4], 1)
return {'', '0', ''}
"""
)

# ARGV: when the call was taken, then for quarter and day each: begin of the window at the answer, whether the call was
# counted in an earlier one, and read limit, overall limit, read usage, overall usage as Strava reported them (-1: not);
# then what the answer says of the application: "served", "refused" or "unknown".
LEARN = (
    _WINDOWS
    + """
for index, name in ipairs(NAMES) do
  local first = 2 + (index - 1) * 6
  local begins = turn(name, tonumber(ARGV[first]), false)
  local current = begins == tonumber(ARGV[first])
  for offset, kind in ipairs(KINDS) do
    local field = name .. ':' .. kind
    local limit, used = tonumber(ARGV[first + 1 + offset]), tonumber(ARGV[first + 3 + offset])
    if limit > 0 then redis.call('HSET', state, 'limit:' .. field, limit) end
    -- Strava may have counted it in the window that has begun meanwhile.
    if current and ARGV[first + 1] == '1' then redis.call('HINCRBY', state, field, 1) end
    local known = number(field, 0)
    if current and used > known then
      redis.call('HSET', state, field, used)
      if field == 'quarter:read' then note(begins, 'elsewhere', used - known) end
    end
  end
end

if redis.call('HGET', state, 'closed:probe') == '1' and tonumber(ARGV[1]) >= number('closed:until', 0) then
  if ARGV[14] == 'served' then open_gate() elseif ARGV[14] == 'unknown' then redis.call('DEL', probe) end
end
return ''
"""
)

# ARGV: until when, why, "1" if one probe is to go first, now. If the gate is closed twice, the longer time holds.
CLOSE = (
    _WINDOWS
    + """
local closed_until = number('closed:until', 0)
if closed_until - tonumber(ARGV[4]) <= 86500 and closed_until >= tonumber(ARGV[1]) then return '' end
redis.call('HSET', state, 'closed:until', ARGV[1], 'closed:why', ARGV[2], 'closed:probe', ARGV[3])
redis.call('EXPIRE', state, 2592000)
redis.call('DEL', probe)
return ''
"""
)

OPEN = _WINDOWS + "open_gate(); return ''"
