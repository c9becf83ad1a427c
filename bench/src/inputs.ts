/** A small input: about 200 B of JSON. */
export const order = {
  id: 'order-1842',
  customer: 'c-77',
  items: [
    { sku: 'A-1', quantity: 2, price: 19.9 },
    { sku: 'B-7', quantity: 1, price: 5 },
  ],
  note: 'Please leave it at the door.',
  express: true,
}

/** Texts with a few fields each: 36 of them are 20 KB, 1,900 are 1 MB. */
export const documents = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `faq-${index}`,
    title: `How to return order ${index}`,
    score: index / count,
    source: { kind: 'faq', page: index },
    text: 'Items can be returned within thirty days of delivery, in their "original" packaging.\n'.repeat(5),
  }))

/** Many small objects: 14,000 of them are 1 MB. */
export const smallNodes = (count: number) =>
  Array.from({ length: count }, (_, id) => ({
    id,
    label: `node ${id}`,
    at: { x: id, y: id / 3 },
    tags: ['a', 'b'],
  }))
