package agent

// In the older handshake each side says HELLO once its receive queue is secured;
// with both said, both can send. The joiner begins. Agent protocol: "HELLO
// message".

// sayHello queues our HELLO. It leaves after KEY, which next.go puts first.
func (t *Turn) sayHello(c *conn) error {
	if c.helloQueued {
		return nil
	}
	c.helloQueued = true
	_, err := t.enqueue(c, kindHello, hello{}, true)
	return err
}

// helloed is the turn in which the peer's HELLO came.
func (t *Turn) helloed(c *conn) error {
	if c.state != Joining && c.state != Allowed {
		return bad(errUnexpected)
	}
	c.helloReceived = true
	if err := t.sayHello(c); err != nil {
		return err
	}
	return t.afterHello(c)
}

func (t *Turn) afterHello(c *conn) error {
	if c.helloSent && c.helloReceived {
		return t.connected(c)
	}
	return nil
}
