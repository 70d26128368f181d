"use strict"

exports.createSocket = () => {
  throw new Error("headend reaches Janus over WebSocket only: Unix datagram sockets are left out")
}
