const categories = ['damaged', 'late', 'wrong item', 'return', 'billing', 'question'] as const
const refunds = ['none', 'shipping', 'full'] as const

/** The model's classification of a ticket. */
export interface Classification {
  readonly category: (typeof categories)[number]
  readonly refund: (typeof refunds)[number]
}

/** Reads the model's JSON. Default: a question without a refund. */
export function parseClassification(json: string | null | undefined): Classification {
  const said = parseObject(json ?? '')
  return {
    category: categories.find(category => category === said.category) ?? 'question',
    refund: refunds.find(refund => refund === said.refund) ?? 'none',
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(json) }
  } catch {
    return {}
  }
}
