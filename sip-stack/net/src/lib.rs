//! SIP sockets and DNS: drives the user agent over UDP, TCP and TLS.
