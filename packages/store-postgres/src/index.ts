// The store for many machines. Its parts follow.
export {}
