"""What independent members hold together: who may sit on a panel, and draws nobody can steer."""
