// Calls a function as Vercel's runtime does: in a request context, whose `waitUntil` keeps it awake after the answer.
const [, , module] = process.argv
const { GET } = await import(module)
const work = []
globalThis[Symbol.for('@vercel/request-context')] = {
  get: () => ({ waitUntil: promise => work.push(promise) }),
}
process.on('message', async ({ question }) => {
  const answer = await GET(new Request(`http://localhost/api/ask?q=${question}`))
  const response = await answer.text()
  await Promise.allSettled(work.splice(0))
  process.send({ response })
})
process.send('ready')
