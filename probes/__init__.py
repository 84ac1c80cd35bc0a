"""How it is: sockets, schedule, judgement."""
