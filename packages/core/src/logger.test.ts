import { expect, test, vi } from 'vitest'
import { consoleLogger, warnSafely } from './logger.ts'

test('a logger that throws does not reach the application', () => {
  const failing = {
    warn: () => {
      throw new Error('the log file is full')
    },
  }
  expect(() => warnSafely(failing, 'x')).not.toThrow()
})

test('the console logger adds a prefix, and respects a console that is patched later', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  warnSafely(consoleLogger, 'careful')
  expect(warn).toHaveBeenCalledExactlyOnceWith('[runtape] careful')
  warn.mockRestore()
})
