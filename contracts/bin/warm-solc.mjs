// A compiler that stays: loading the WebAssembly and warming it up take longer than compiling once it is warm.
// Listens on the Unix socket that its argument names, one compilation after the other, for as long as its parent lives.
import { createServer } from 'node:net'
import solc from 'solc'

process.on('disconnect', () => process.exit())
createServer({ allowHalfOpen: true }, (socket) => {
  let input = ''
  socket.setEncoding('utf8')
  socket.on('data', (data) => { input += data })
  socket.on('end', () => socket.end(input === '--version' ? solc.version() : solc.compile(input)))
  // forge was stopped; nobody waits for the answer.
  socket.on('error', () => socket.destroy())
}).listen(process.argv[2], () => process.send('ready'))
