//! RTP, RTCP, SRTP and telephone-event without IO; has never heard of SIP.
