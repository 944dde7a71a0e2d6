/** How lines look on a terminal, from whichever thread they come. */
export const PRETTY_OPTIONS = {
  colorize: true,
  singleLine: true,
  translateTime: 'SYS:HH:MM:ss.l',
  ignore: 'component',
  messageFormat: '{component}: {msg}',
  errorLikeObjectKeys: ['error'],
}
