import type { Kind } from './kind.ts'
import { lostOf } from './lost-of.ts'

export const dates: Kind = {
  name: 'date',
  write: (date: Date) => {
    const at = Date.prototype.getTime.call(date)
    return { json: Number.isNaN(at) ? null : new Date(at).toISOString(), ...lostOf(date, 'Date') }
  },
  read: json => ({ value: new Date(json === null ? Number.NaN : (json as string)) }),
}

export const urls: Kind = {
  name: 'url',
  write: (url: URL) => ({ json: url.href }),
  read: json => ({ value: new URL(json as string) }),
}

export const regExps: Kind = {
  name: 'regexp',
  write: (regExp: RegExp) => {
    const { source, flags, lastIndex } = regExp
    return { json: source, detail: [flags, lastIndex], ...lostOf(regExp, 'RegExp') }
  },
  read: (json, detail) => {
    const [flags, lastIndex] = detail as [string, number]
    return { value: Object.assign(new RegExp(json as string, flags), { lastIndex }) }
  },
}
