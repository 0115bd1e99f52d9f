-- wrk: registered (or plain) submissions, each with its own idempotency key; BATCH > 1 sends that many in one request.
local key = os.getenv("API_KEY")
local kind = os.getenv("KIND") or "registered"
local batch = tonumber(os.getenv("BATCH") or "1")
local text = string.rep("This is the text of the notice. ", 32)
local run = tostring(os.time()) .. tostring({}):gsub("%W", "")
local n = 0
math.randomseed(os.time())

local function delivery()
    local i = math.random(10000)
    local second = kind == "registered" and string.format('"second_email":"r%d@example.net",', i) or ""
    return string.format('{"kind":"%s","recipients":[{"email":"r%d@example.com",%s"name":"Recipient %d"}],' ..
        '"subject":"Change of your contract","text":"%s"}', kind, i, second, i, text)
end

local headers = {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}
function request()
    n = n + 1
    headers["Idempotency-Key"] = run .. n
    local body
    if batch == 1 then
        body = delivery()
    else
        local all = {}
        for i = 1, batch do all[i] = delivery() end
        body = '{"deliveries":[' .. table.concat(all, ",") .. "]}"
    end
    return wrk.format("POST", "/v1/deliveries", headers, body)
end
