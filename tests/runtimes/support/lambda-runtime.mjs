// Calls a handler as the runtime of Lambda does: one event at a time, each with one response.
const [, , module] = process.argv
const { handler } = await import(module)
process.on('message', async event => process.send({ response: await handler(event) }))
process.send('ready')
