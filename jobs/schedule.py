"""The schedule, as data: `rq cron jobs.schedule`. Each entry only asks for work; the jobs decide what is due."""
