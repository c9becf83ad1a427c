/** Rows of a segment. Row `id` is in segment `floor(id / segmentRows)`. */
export const segmentRows = 2048
