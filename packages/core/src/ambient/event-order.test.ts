import { setImmediate as nextPhase } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { afterMicrotasks, currentTurn } from '../platform/microtask-drain.ts'
import { newEventOrder } from './event-order.ts'

const drained = () => new Promise<void>(resolve => afterMicrotasks(resolve))

test('numbers within one turn are consecutive, however many promises settle in between', async () => {
  const order = newEventOrder()
  const numbers = [order.next(), order.next()]
  for (let hop = 0; hop < 100; hop++) await null
  numbers.push(order.next())
  expect(numbers).toEqual([0, 1, 2])
})

test('one number is skipped between two turns, however many turns pass', async () => {
  const order = newEventOrder()
  const numbers = [order.next()]
  await nextPhase()
  numbers.push(order.next())
  await nextPhase()
  await nextPhase()
  numbers.push(order.next(), order.next())
  expect(numbers).toEqual([0, 2, 4, 5])
})

test('each callback in a phase of the event loop has its own turn', async () => {
  const turns: number[] = []
  await Promise.all([1, 2, 3].map(() => nextPhase().then(() => turns.push(currentTurn()))))
  expect(new Set(turns).size).toBe(3)
})

test('afterMicrotasks runs after all microtasks, wherever it is called', async () => {
  const order: string[] = []
  const hops = async (name: string, count: number) => {
    for (let hop = 0; hop < count; hop++) await null
    order.push(name)
  }
  await nextPhase()
  const ended = drained().then(() => order.push('turn over'))
  await Promise.all([hops('a', 50), hops('b', 7), ended])
  await new Promise<void>(resolve => {
    setImmediate(() => {
      void hops('c', 50)
      afterMicrotasks(() => resolve(void order.push('over again')))
    })
  })
  expect(order).toEqual(['b', 'a', 'turn over', 'c', 'over again'])
})
