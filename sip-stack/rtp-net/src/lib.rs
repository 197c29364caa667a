//! RTP and RTCP sockets: one thread, rings of packets, SRTP, arrival stamps.
