import { setTimeout as imported } from 'node:timers'
import timers, { setTimeout as importedDelay, scheduler } from 'node:timers/promises'
import { promisify } from 'node:util'
import pQueue from 'p-queue'
import pRetry from 'p-retry'
import pTimeout from 'p-timeout'

/** A mocked call that takes `ms` milliseconds in the recording, and returns its name. */
export type Tool = (name: string, ms: number) => Promise<string>

export interface Tools {
  readonly tool: Tool
  /** Fails `failures` times. */
  readonly flaky: (failures: number, ms: number) => Promise<string>
  readonly stream: (times: readonly number[]) => AsyncGenerator<number>
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function withTimeout<T, F>(work: Promise<T>, ms: number, otherwise: F): Promise<T | F> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<F>(resolve => {
    timer = setTimeout(() => resolve(otherwise), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Realistic programs whose result depends on the order of their timers and answers. */
export const timerPrograms: Readonly<Record<string, (tools: Tools) => Promise<unknown>>> = {
  'a timeout by a race, which the timer wins': async ({ tool }) => [
    await withTimeout(tool('model', 80), 30, 'fallback'),
    await tool('log', 2),
  ],
  'a timeout by a race, which the answer wins': async ({ tool }) =>
    withTimeout(tool('model', 20), 5000, 'fallback'),
  'one timeout for several calls': async ({ tool }) => {
    const steps: string[] = []
    const all = async () => {
      for (const step of ['a', 'b', 'c', 'd']) steps.push(await tool(step, 30))
    }
    return [await withTimeout(all(), 75, 'late'), [...steps]]
  },
  'a hedged request': async ({ tool }) => {
    const first = tool('first', 90)
    const second = pause(25).then(() => tool('second', 20))
    return Promise.race([first, second])
  },
  'an unneeded hedge': async ({ tool }) => {
    let timer: NodeJS.Timeout | undefined
    const second = new Promise<string>(resolve => {
      timer = setTimeout(() => resolve(tool('second', 20)), 60)
    })
    const winner = await Promise.race([tool('first', 20), second])
    clearTimeout(timer)
    return winner
  },
  'a debounce': async ({ tool }) => {
    const sent: string[][] = []
    let batch: string[] = []
    let timer: NodeJS.Timeout | undefined
    const add = (text: string) => {
      batch.push(text)
      timer ??= setTimeout(() => {})
      clearTimeout(timer)
      timer = setTimeout(() => {
        sent.push(batch)
        batch = []
      }, 30)
    }
    for (const ms of [5, 5, 60, 5, 60]) add(await tool(`after ${ms}`, ms))
    await pause(50)
    return sent
  },
  'a debounce that refreshes its timer': async ({ tool }) => {
    let sent = 0
    const timer = setTimeout(() => sent++, 40)
    for (let part = 0; part < 4; part++) {
      await tool(`part ${part}`, 20)
      timer.refresh()
    }
    const before = sent
    await tool('long', 80)
    return [before, sent, timer.hasRef()]
  },
  'a retry with back-off and a deadline': async ({ flaky }) => {
    const deadline = Date.now() + 140
    for (let attempt = 0; ; attempt++) {
      try {
        return [attempt, await flaky(9, 20)]
      } catch {
        const wait = 10 * 2 ** attempt
        if (Date.now() + wait > deadline) return `gave up after ${attempt}`
        await pause(wait)
      }
    }
  },
  'polling until a deadline': async ({ tool }) => {
    const deadline = performance.now() + 170
    let polls = 0
    for (; performance.now() < deadline; polls++) {
      await tool(`poll ${polls}`, 30)
      await pause(10)
    }
    return polls
  },
  'a heartbeat during a model call': async ({ tool }) => {
    let beats = 0
    const heart = setInterval(() => beats++, 40)
    await tool('model', 105)
    clearInterval(heart)
    return beats
  },
  'a heartbeat that makes calls': async ({ tool }) => {
    const beats: Promise<string>[] = []
    const heart = setInterval(() => beats.push(tool(`beat ${beats.length}`, 2)), 40)
    await tool('model', 105)
    clearInterval(heart)
    return Promise.all(beats)
  },
  'p-timeout': async ({ tool }) => [
    await pTimeout(tool('model', 80), { milliseconds: 30, fallback: () => 'fallback' }),
    await pTimeout(tool('quick', 10), { milliseconds: 2000 }),
  ],
  'p-retry': async ({ flaky }) =>
    pRetry(async attempt => [attempt, await flaky(2, 10)], { retries: 3, minTimeout: 20, factor: 2 }),
  'a rate limiter of p-queue': async ({ tool }) => {
    const queue = new pQueue({ interval: 60, intervalCap: 2 })
    const order: string[] = []
    const slow = tool('slow', 95).then(name => order.push(name))
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(name => queue.add(async () => order.push(await tool(name, 5)))),
    )
    await slow
    return order
  },
  'the idle timeout of a stream': async ({ stream }) => {
    const chunks: number[] = []
    const steps = stream([5, 5, 90, 5])
    for (;;) {
      const step = await withTimeout(steps.next(), 35, undefined)
      if (!step) {
        void steps.return(undefined)
        return [chunks, 'idle']
      }
      if (step.done) return [chunks, 'done']
      chunks.push(step.value)
    }
  },
  'a heartbeat during a stream': async ({ stream }) => {
    const seen: (number | string)[] = []
    const heart = setInterval(() => seen.push('beat'), 50)
    for await (const chunk of stream([20, 50, 50, 5])) seen.push(chunk)
    clearInterval(heart)
    return seen
  },
  'a cache with a time to live': async ({ tool }) => {
    let kept: { value: string; until: number } | undefined
    const read = async () => {
      if (!kept || Date.now() >= kept.until)
        kept = { value: await tool('load', 10), until: new Date(Date.now()).valueOf() + 60 }
      return kept.value
    }
    const seen: string[] = []
    for (const ms of [5, 5, 80, 5, 80]) {
      seen.push(await read())
      await tool(`work ${ms}`, ms)
    }
    return seen
  },
  'a race of sleeps and calls': async ({ tool }) => {
    const order: string[] = []
    const note = (name: string) => order.push(name)
    await Promise.all([
      tool('a', 20).then(note),
      pause(45).then(() => note('t45')),
      tool('b', 70).then(note),
      pause(95).then(() => note('t95')),
      tool('c', 120).then(note),
      pause(1).then(() => note('t1')),
    ])
    return order
  },
}

/** Programs with timers that a test cannot fake. They leave room for a busy machine. */
export const realTimePrograms: typeof timerPrograms = {
  'AbortSignal.timeout': async ({ tool }) => {
    const ended = async (signal: AbortSignal, ms: number) => {
      const aborted = new Promise<string>(resolve =>
        signal.addEventListener('abort', () => resolve((signal.reason as Error).name)),
      )
      return Promise.race([tool('model', ms), aborted])
    }
    return [await ended(AbortSignal.timeout(40), 300), await ended(AbortSignal.timeout(5000), 10)]
  },
  'scheduler.wait': async ({ tool }) =>
    Promise.race([tool('model', 300), scheduler.wait(40).then(() => 'waited')]),
  'a promisified setTimeout': async ({ tool }) =>
    Promise.race([tool('model', 300), promisify(setTimeout)(40, 'timer')]),
  'timers/promises': async ({ tool }) => {
    const controller = new AbortController()
    const late = timers.setTimeout(40, 'late', { signal: controller.signal })
    const first = await Promise.race([tool('model', 300), late])
    const cut = timers
      .setTimeout(500, 'never', { signal: controller.signal })
      .catch((error: Error) => error.name)
    await tool('next', 5)
    controller.abort()
    let beats = 0
    for await (const beat of timers.setInterval(60, 'beat')) {
      beats += Number(beat === 'beat')
      await tool(`beat ${beats}`, 2)
      if (beats === 2) break
    }
    return [first, await cut, beats]
  },
  'an iterated interval': async ({ tool }) => {
    const seen: string[] = []
    for await (const _ of timers.setInterval(60)) {
      seen.push(await tool(`tick ${seen.length}`, 5))
      if (seen.length === 3) break
    }
    return seen
  },
  'an imported timer': async ({ tool }) =>
    Promise.race([
      tool('model', 300),
      importedDelay(40, 'timer'),
      new Promise(resolve => imported(resolve, 90, 'late')),
    ]),
}
