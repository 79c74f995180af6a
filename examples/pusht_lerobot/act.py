"""A policy of LeRobot that acts in Sluice: python act.py PRETRAINED."""

import sys

import numpy as np
import torch
from lerobot.configs.policies import PreTrainedConfig
from lerobot.policies.factory import get_policy_class, make_pre_post_processors

import sluice

place = sys.argv[1]
config = PreTrainedConfig.from_pretrained(place)
policy = get_policy_class(config.type).from_pretrained(place).eval()
preprocess, postprocess = make_pre_post_processors(config, pretrained_path=place)


@torch.no_grad()
def act(observations, episodes):
    """Executes chunks of actions; episodes that have used theirs up are asked together."""
    waiting = [i for i, episode in enumerate(episodes) if not episode.state]
    if waiting:
        # Fields in the order of the export, which has them as one vector.
        fields = [field["name"] for field in episodes[0].environment.observation]
        state = np.concatenate([observations[name][waiting] for name in fields], axis=1)
        pictures = observations["image"][waiting].transpose(0, 3, 1, 2)
        seen = {
            "observation.state": torch.from_numpy(state),
            "observation.images.image": torch.from_numpy(pictures.astype(np.float32) / 255),
        }
        chunks = postprocess(policy.predict_action_chunk(preprocess(seen))).numpy()
        for i, chunk in zip(waiting, chunks):
            episodes[i].state = list(chunk[: config.n_action_steps])
    return np.stack([episode.state.pop(0) for episode in episodes])


sluice.serve_policy(act)
