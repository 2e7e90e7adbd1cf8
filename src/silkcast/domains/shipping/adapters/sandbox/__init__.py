"""A carrier that moves no parcels: labels are real PDFs marked as simulated, and journeys take two minutes."""
