import { describe, expect, test } from 'vitest'
import { change, duration, figure, money, points, share, whole } from './amounts.ts'

const plain = (text: string) => text.replaceAll('\u202f', ' ')

test.each([
  [undefined, '–'],
  [0, '0'],
  [999, '999'],
  [12_501, '12 501'],
  [1_234_567, '1 234 567'],
])('%s is the whole number %s', (count, text) => expect(plain(whole(count))).toBe(text))

test.each([
  [undefined, '–'],
  [10_000, '10 000'],
  [12_501, '12.50 k'],
  [419_410, '419.4 k'],
  [3_172_000, '3.17 M'],
  [2 ** 53, '9007.2 T'],
])('%s is the figure %s', (count, text) => expect(plain(figure(count))).toBe(text))

describe('money', () => {
  test.each([
    [undefined, '–', ''],
    [0, '$0', ''],
    [797_481_200, '$0.7974', '812'],
    [797_481_234, '$0.7974', '81234'],
    [1, '$0.0000', '00001'],
    [1_234_000_000_000, '$1 234.0000', '000'],
    [-5_000_000, '−$0.0050', '000'],
  ])('%s is %s%s', (nanoUsd, head, rest) => {
    const { head: shown, rest: soft } = money(nanoUsd)
    expect([plain(shown), soft]).toEqual([head, rest])
  })

  test('loses nothing: both parts together are the amount', () => {
    for (const nanoUsd of [1, 999, 31_600, 123_456_789, 9_007_199_254_740_991]) {
      const { head, rest } = money(nanoUsd)
      const [dollars = '', decimals = ''] = `${head}${rest}`.replace(/[$\u202f]/g, '').split('.')
      expect(BigInt(dollars + decimals.padEnd(9, '0'))).toBe(BigInt(nanoUsd))
    }
  })
})

test.each([
  [undefined, '–'],
  [0.126, '0.13 ms'],
  [98.4, '98 ms'],
  [1250, '1.25 s'],
  [243_000, '4 min 3 s'],
])('%s ms is %s', (ms, text) => expect(plain(duration(ms))).toBe(text))

test('shares and changes', () => {
  expect(plain(share(983, 1000))).toBe('98.3 %')
  expect(share(0, 0)).toBe('–')
  expect(plain(change(111.5, 100))).toBe('+11.5 %')
  expect(change(5, 0)).toBe('–')
  expect(change(5, undefined)).toBe('–')
  expect(plain(points(0.976, 0.983))).toBe('−0.7 pt')
})
