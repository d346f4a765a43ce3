"""A link to a room of each chat service, as people copy it."""

TOKEN = "a1B2" * 17
DISCORD = f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}"
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
BOT = "123456789:AAF-abcdefghijklmnopqrstuvwxyz123456"
TELEGRAM = f"https://api.telegram.org/bot{BOT}/sendMessage?chat_id=-1001234567890"
T2BOT = f"https://webhooks.t2bot.io/api/v1/matrix/hook/{'f0' * 32}"
HOOK = "3ccdd113474722377935511fc85d3dd4"
