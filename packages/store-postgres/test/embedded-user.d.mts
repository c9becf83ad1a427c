/** A user of the machine; empty for the one that runs this process. */
export interface ServerUser {
  readonly uid?: number
  readonly gid?: number
}

/** The user that runs the server, for `spawn`; created if necessary. */
export function serverUser(): ServerUser
/** Gives a folder and everything in it to the user of the server. */
export function giveTo(user: ServerUser, path: string): void
/** A temporary folder that another user may enter. */
export function publicTemporary(): string
