"""What the commands share: errors, parameters, Node.js, synthesis, progress, a gateway to run."""
