/** Collects garbage until `isSo`, at most `times` times. Needs `--expose-gc`. */
export async function collected(isSo: () => boolean, times = 200): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  for (let round = 0; round < times && !isSo(); round++) {
    gc?.()
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
