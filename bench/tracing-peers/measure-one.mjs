/** Measures one tool and sends the figures to its parent: `measure-one.mjs <tool> <url of the collector>`. */
import { setTimeout as pause } from 'node:timers/promises'
import { documents, order, smallNodes } from '../src/inputs.ts'
import { subjects } from './subjects.mjs'

const [tool, url] = process.argv.slice(2)
const calls = 2000
const rounds = 7
const { wrap, flush } = await subjects[tool](url)

const receivedBytes = async () => (await (await fetch(`${url}/received`)).json()).bytes
const least = values => Math.min(...values)

/** Microseconds of CPU per call until it is sent, and bytes sent per call. */
async function smallCalls() {
  const call = wrap('support.answer', async input => input)
  const roundOf = async () => {
    const [before, { user, system }] = [await receivedBytes(), process.cpuUsage()]
    for (let made = 0; made < calls; made++) {
      await call(order)
      if (made % 100 === 0) await pause(1)
    }
    await flush()
    await pause(20)
    const used = process.cpuUsage()
    return [used.user + used.system - user - system, (await receivedBytes()) - before]
  }
  await roundOf()
  const taken = []
  for (let round = 0; round < rounds; round++) taken.push(await roundOf())
  return { cpuUs: least(taken.map(([us]) => us)) / calls, sentBytes: taken[0][1] / calls }
}

/** The longest block of the event loop, in milliseconds, while a call starts, runs for a while and is sent. */
async function longestBlock(input) {
  const call = wrap('support.answer', async given => {
    await pause(10)
    return Object.keys(given).length
  })
  const blocks = []
  for (let round = 0; round < 2 * rounds; round++) {
    const watch = watchLoop()
    await call(input)
    await pause(10)
    await flush()
    await pause(40)
    blocks.push(watch.longest())
  }
  return least(blocks)
}

function watchLoop() {
  let [last, longest, isOn] = [performance.now(), 0, true]
  const tick = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (isOn) setImmediate(tick)
  }
  setImmediate(tick)
  return {
    longest: () => {
      isOn = false
      return longest
    },
  }
}

const small = await smallCalls()
const nodesMs = await longestBlock({ nodes: smallNodes(14_000) })
const documentsMs = await longestBlock({ documents: documents(1900) })
process.send({ tool, ...small, nodesMs, documentsMs }, () => process.exit())
