export { OutsideLog, watchOutside } from '@runtape/core/internal'
export { type ToldChildren, tellChildren } from './tell-children.ts'
