/** What `--baseline` means without a ref. */
export const defaultRef = 'merge-base'
