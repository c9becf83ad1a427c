/** A file that is followed. */
export interface Follower {
  look(): void
  /** From now on before each use: the process ends. */
  lookAlways(): void
}

const followers = new Set<Follower>()

/** Looks once more when the process ends. Returns the undo. */
export function followUntilExit(follower: Follower): () => void {
  if (followers.size === 0) process.on('exit', onExit)
  followers.add(follower)
  return () => {
    followers.delete(follower)
    if (followers.size === 0) process.off('exit', onExit)
  }
}

/** Lets all that this process has open notice now what became of its files. */
export function lookAtAll(): void {
  for (const follower of followers) follower.look()
}

function onExit(): void {
  for (const follower of followers) follower.lookAlways()
}
