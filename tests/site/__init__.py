"""The whole site as an AMAP runs it: real servers, a worker of its own, real mails."""
