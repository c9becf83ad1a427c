/** Tokens of one modality; `unknown` for those of which the provider does not say it. */
export type Share = readonly [modality: 'audio' | 'image' | 'video' | 'unknown', tokens: number]

interface Modalities {
  readonly audio?: number | undefined
  readonly image?: number | undefined
  readonly video?: number | undefined
}

/** The total by modality. The shares always add up to it: parts that exceed it are not believed. */
export function sharesOf(total: number, { audio = 0, image = 0, video = 0 }: Modalities): readonly Share[] {
  const rest = total - audio - image - video
  if (rest < 0) return [['unknown', total]]
  const shares: readonly Share[] = [
    ['audio', audio],
    ['image', image],
    ['video', video],
    ['unknown', rest],
  ]
  const told = shares.filter(([, tokens]) => tokens > 0)
  return told.length > 0 ? told : [['unknown', total]]
}
