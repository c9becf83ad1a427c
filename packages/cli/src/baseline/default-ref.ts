/** The value of `--baseline` without a ref. */
export const defaultRef = 'merge-base'
