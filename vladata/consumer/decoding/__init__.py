"""From logits to text: greedy or drawn, free or held to what a target may say."""
