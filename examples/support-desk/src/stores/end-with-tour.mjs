// Loaded before a program that the tour starts: it ends as an operator would end it once the tour is gone, however that ended.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
