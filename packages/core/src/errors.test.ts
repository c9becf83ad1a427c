import { describe, expect, test } from 'vitest'
import { InvalidTokenError, messageOf, RuntapeError, summarizeError } from './errors.ts'

describe('RuntapeError', () => {
  test('carries its code, message and cause', () => {
    const cause = new Error('disk')
    const error = new RuntapeError('store-unusable', 'It failed.', { cause })
    expect([error.name, error.code, error.message]).toEqual(['RuntapeError', 'store-unusable', 'It failed.'])
    expect(error.cause).toBe(cause)
    expect(error).toBeInstanceOf(Error)
  })

  test('isInstance is true only for it and its subclasses', () => {
    expect(RuntapeError.isInstance(new RuntapeError('invalid-option', ''))).toBe(true)
    expect(RuntapeError.isInstance(new InvalidTokenError('it is empty'))).toBe(true)
    for (const other of [new Error('x'), null, undefined, 'RuntapeError', { code: 'invalid-option' }]) {
      expect(RuntapeError.isInstance(other)).toBe(false)
    }
  })

  test('does not show its brand when it is logged as an object', () => {
    expect(Object.keys(new RuntapeError('invalid-option', 'x'))).toEqual(['name', 'code'])
  })
})

test('an InvalidTokenError has its own name', () => {
  expect(new InvalidTokenError('it is empty').name).toBe('InvalidTokenError')
})

describe('messageOf', () => {
  test('is the message of an error and the text of anything else', () => {
    expect(messageOf(new Error('disk full'))).toBe('disk full')
    expect([messageOf('text'), messageOf(undefined), messageOf(7n)]).toEqual(['text', 'undefined', '7'])
  })

  test('never throws, whatever the thrown value is', () => {
    expect(messageOf(Object.create(null))).toBe('a value that cannot be shown')
    const hostile = {
      toString() {
        throw new Error('no')
      },
    }
    expect(messageOf(hostile)).toBe('a value that cannot be shown')
  })
})

test('a summary stays unchanged when it is summarised again', () => {
  const once = summarizeError(Object.assign(new TypeError('no'), { status: 503 }))
  expect(summarizeError(once)).toEqual({ name: 'TypeError', message: 'no', status: 503 })
})
