// node-smpp as a carrier: takes the server's bind, sends the MOs it is told on stdin, takes MTs and sends receipts.
// The first line says its port; one JSON object a line says what it saw.
const smpp = require('smpp');
const readline = require('readline');
const say = (word, fact) => console.log(JSON.stringify({ word, fact }));
let session = null;
let last = 0;
const server = smpp.createServer((accepted) => {
  session = accepted;
  accepted.on('bind_transceiver', (pdu) => {
    accepted.send(pdu.response({ system_id: 'node' }));
    say('bound', pdu.system_id);
  });
  accepted.on('enquire_link', (pdu) => accepted.send(pdu.response()));
  accepted.on('submit_sm', (pdu) => {
    const id = String(++last);
    say('mt', { from: pdu.source_addr, to: pdu.destination_addr, text: pdu.short_message.message, service: pdu.service_type });
    accepted.send(pdu.response({ message_id: id }));
    const text = `id:${id} sub:001 dlvrd:001 submit date:2603021200 done date:2603021200 stat:DELIVRD err:000 text:`;
    accepted.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text,
    }, (answer) => say('receipt', answer.command_status));
  });
  accepted.on('unbind', (pdu) => accepted.send(pdu.response(), () => accepted.close()));
  accepted.on('error', (error) => say('error', String(error)));
});
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const mo = JSON.parse(line);
  session.deliver_sm(
    { source_addr: mo.from, destination_addr: mo.to, short_message: mo.text },
    (answer) => say('mo', { text: mo.text, status: answer.command_status }),
  );
}).on('close', () => process.exit(0));
server.listen(0, '127.0.0.1', () => say('port', server.address().port));
