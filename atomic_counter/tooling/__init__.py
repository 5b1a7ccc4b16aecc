"""What the commands share: errors, parameters, Node.js, synthesis, terminal, a gateway to run."""
