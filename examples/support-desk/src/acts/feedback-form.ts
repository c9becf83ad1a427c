import '../fail-plainly.ts'
import { createInterface } from 'node:readline'
import { recorder, runtape, store } from '../runtape.ts'

// Each line: a thumb, the token from the customer's page, and the customer's comment.
const visitor = { kind: 'service', key: 'feedback-form' }
for await (const line of createInterface({ input: process.stdin })) {
  const [kind, token = '', ...words] = line.split(' ')
  const comment = words.join(' ')
  runtape.createTracker({ token, context: visitor }).trackFeedback({
    kind: kind === 'negative' ? 'negative' : 'positive',
    ...(comment && { comment }),
  })
}
await recorder.close()
await store.close()
