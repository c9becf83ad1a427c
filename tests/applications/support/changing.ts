/** A change of some settings, as `change.make` of an application. */
export const changing =
  <T extends object>(settings: T, values: Partial<T>) =>
  (): (() => void) => {
    const before = { ...settings }
    Object.assign(settings, values)
    return () => void Object.assign(settings, before)
  }
