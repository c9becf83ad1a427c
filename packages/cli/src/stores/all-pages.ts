import type { Page } from '@runtape/core/store'

/** The items of all pages of a list, up to `limit`. */
export async function itemsOfAll<T>(
  read: (page: { readonly limit: number; readonly cursor?: string }) => Promise<Page<T>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page = await read({
      limit: Math.min(500, limit - items.length),
      ...(cursor !== undefined && { cursor }),
    })
    for (const item of page.items) items.push(item)
    cursor = page.nextCursor
  } while (cursor !== undefined && items.length < limit)
  return items
}
